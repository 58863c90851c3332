package sdktest

import "strings"

// diff returns the lines of want and got that differ, marked - and +, each
// group with the lines around it.
func diff(want, got string) string {
	const around = 2
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	type line struct {
		mark byte
		text string
	}
	var all []line
	// The longest common subsequence, by the table of its lengths. Results have
	// a few hundred lines at most.
	length := make([][]int, len(w)+1)
	for i := range length {
		length[i] = make([]int, len(g)+1)
	}
	for i := len(w) - 1; i >= 0; i-- {
		for j := len(g) - 1; j >= 0; j-- {
			if w[i] == g[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(w) || j < len(g); {
		switch {
		case i < len(w) && j < len(g) && w[i] == g[j]:
			all = append(all, line{' ', w[i]})
			i, j = i+1, j+1
		case i < len(w) && (j == len(g) || length[i+1][j] >= length[i][j+1]):
			all = append(all, line{'-', w[i]})
			i++
		default:
			all = append(all, line{'+', g[j]})
			j++
		}
	}
	var b strings.Builder
	gap := false
	for i, l := range all {
		near := false
		for j := max(0, i-around); j < min(len(all), i+around+1); j++ {
			near = near || all[j].mark != ' '
		}
		if !near {
			gap = true
			continue
		}
		if gap {
			b.WriteString("  …\n")
			gap = false
		}
		b.WriteString(string(l.mark) + " " + l.text + "\n")
	}
	return b.String()
}
