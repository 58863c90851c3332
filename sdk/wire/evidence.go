package wire

// Evidence maps snake_case names to the facts behind a verdict. Every key that
// a check documents is present; it is [Null] where it does not apply.
type Evidence map[string]Value

// Value is one evidence value: null, a bool, an int64, a float64, a string, a
// list of these scalars, or a list of flat objects. The zero Value is null.
// Make one with [Null], [Bool], [Int], [Float], [String], [List] or [Items].
type Value struct {
	kind  valueKind
	bits  int64 // bool and int
	float float64
	text  string
	list  []Value
	items []Item
}

// Item is one flat object in a list of objects. Its first field is called item.
type Item []Field

// Field is one named scalar of an [Item].
type Field struct {
	Name  string
	Value Value
}

type valueKind uint8

const (
	kindNull valueKind = iota
	kindBool
	kindInt
	kindFloat
	kindString
	kindList
	kindItems
)
