"""A person behind the direct messages, and the pictures that customers send."""
