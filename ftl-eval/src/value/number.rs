//! Numbers, exact as in `java.math.BigDecimal`.
