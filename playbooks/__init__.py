"""Standard work, written down: what a playbook is, how it is read, and how a run of it goes on."""
