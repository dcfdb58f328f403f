"""What `colophon serve` answers: webhooks of the vendors, manifests that were lost, and whether this process works."""
