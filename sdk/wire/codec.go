package wire

// codec is replaced by the real one before anything uses it.
type codec struct{}
