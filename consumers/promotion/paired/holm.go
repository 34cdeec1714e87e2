package paired

import (
	"cmp"
	"slices"
)

// Holm adjusts p-values so that rejecting those at or below alpha errs in any of them with probability alpha at most
// (Holm 1979, A simple sequentially rejective multiple test procedure).
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted, greatest := make([]float64, len(p)), 0.0
	for rank, i := range order {
		greatest = max(greatest, min(1, p[i]*float64(len(p)-rank)))
		adjusted[i] = greatest
	}
	return adjusted
}
