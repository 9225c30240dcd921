//! Amplitude webhook event streaming, outside Amplitude.
