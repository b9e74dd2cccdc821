package content

// manifest lists the parts that a content consists of, in order.
type manifest []run

// run is parts with consecutive numbers and the same size: a whole upload has
// few, since clients cut files into equal pieces.
type run struct {
	_     struct{} `cbor:",toarray"`
	First int      // the number of the first part
	Count int
	Size  int64 // of each part, in bytes
}

// add appends a part. Its number is higher than those before.
func (m manifest) add(p Part) manifest {
	if n := len(m); n > 0 {
		last := &m[n-1]
		if last.Size == p.Size && last.First+last.Count == p.Number {
			last.Count++
			return m
		}
	}
	return append(m, run{First: p.Number, Count: 1, Size: p.Size})
}

// number returns the number of a part, counted from 1, and whether there is one.
func (m manifest) number(index int) (number int, ok bool) {
	for _, r := range m {
		if index <= r.Count {
			return r.First + index - 1, true
		}
		index -= r.Count
	}
	return 0, false
}

// extent returns where a part, counted from 1, lies in the content, and whether
// there is one.
func (m manifest) extent(index int) (offset, length int64, ok bool) {
	for _, r := range m {
		if index <= r.Count {
			return offset + int64(index-1)*r.Size, r.Size, true
		}
		index -= r.Count
		offset += int64(r.Count) * r.Size
	}
	return 0, 0, false
}

// lists reports whether the part with a number belongs to the content.
func (m manifest) lists(number int) bool {
	low, high := 0, len(m) // the run, if any, is in m[low:high]
	for low < high {
		switch middle := (low + high) / 2; {
		case number < m[middle].First:
			high = middle
		case number >= m[middle].First+m[middle].Count:
			low = middle + 1
		default:
			return true
		}
	}
	return false
}

// from returns the parts from the one on in which the byte at offset lies, and
// where in that one.
func (m manifest) from(offset int64) (rest manifest, within int64) {
	for i, r := range m {
		if all := int64(r.Count) * r.Size; offset >= all {
			offset -= all
			continue
		}
		skip := int(offset / r.Size)
		rest = append(manifest{{First: r.First + skip, Count: r.Count - skip, Size: r.Size}}, m[i+1:]...)
		return rest, offset % r.Size
	}
	return nil, 0
}

// next returns the first part and the parts behind it. There must be one.
func (m manifest) next() (number int, size int64, rest manifest) {
	r := m[0]
	if r.Count == 1 {
		return r.First, r.Size, m[1:]
	}
	m[0].First++
	m[0].Count--
	return r.First, r.Size, m
}
