package s3

import "strconv"

// count reads the value of a parameter or header that bounds how many entries a page
// has. One that is missing, or empty, means the most, as does everything above it.
func count(name, value string, most int) (int, error) {
	if value == "" {
		return most, nil
	}
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || value[0] == '+' {
		return 0, invalidArgument("Provided "+name+" not an integer or within integer range", name, value)
	}
	if n < 0 {
		if name == "max-keys" {
			name = "maxKeys" // Amazon's spelling where the number is the error
		}
		return 0, invalidArgument("Argument "+name+" must be an integer between 0 and 2147483647", name, strconv.FormatInt(n, 10))
	}
	return min(int(n), most), nil
}
