"""What a worker under measurement loads besides the product: work that does nothing."""
