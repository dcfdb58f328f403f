"""What `colophon serve` answers: webhooks of the vendors, and whether this process works."""
