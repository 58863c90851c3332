package settings

// Bounds of one document, whatever its format.
const (
	maxValues   = 100_000
	maxKeyBytes = 16 << 20 // of all keys in document form
	maxNesting  = 64
)

// leaf is one value of a document. An empty value counts as not set.
type leaf struct {
	key, value string
	line       int
}

// document collects the values of one file and keeps the bounds.
type document struct {
	leaves   []leaf
	lines    map[string]int // by folded key
	values   int            // objects and lists included
	keyBytes int
}

// enter counts one value, of any kind, depth levels below the top.
func (d *document) enter(line, depth int) error {
	if d.values++; d.values > maxValues {
		return at(line, "the document has more than %d values", maxValues)
	}
	if depth > maxNesting {
		return at(line, "sections are nested deeper than %d levels", maxNesting)
	}
	return nil
}

// child makes the key of one member of a section, or of one item of a list.
func (d *document) child(parent, name string, line int) (string, error) {
	key := join(parent, name)
	if len(key) > maxKey {
		return "", at(line, "the key is longer than %d bytes", maxKey)
	}
	if d.keyBytes += len(key); d.keyBytes > maxKeyBytes {
		return "", at(line, "the keys of the document are longer than %s together", size(maxKeyBytes))
	}
	return key, nil
}

// add keeps one value.
func (d *document) add(key, value string, line int) error {
	if d.lines == nil {
		d.lines = map[string]int{}
	}
	if err := claim(d.lines, key, key, line); err != nil {
		return err
	}
	d.leaves = append(d.leaves, leaf{key, value, line})
	return nil
}

// claim refuses a name that taken holds already, in any case. It serves the
// members of one object, and all keys of a document: {"A": {"B": 1}, "A:B": 2}.
func claim(taken map[string]int, name, key string, line int) error {
	folded := fold(name)
	if first, found := taken[folded]; found {
		return at(line, "key %q stands in line %d already", key, first)
	}
	taken[folded] = line
	return nil
}
