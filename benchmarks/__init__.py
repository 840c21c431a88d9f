"""Measurements, side by side in one run. See docs/performance.md."""
