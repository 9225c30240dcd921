//! Durable delivery of webhooks.
