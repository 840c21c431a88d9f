"""The payment ways, one file each, behind one protocol; their SDKs load on first use."""
