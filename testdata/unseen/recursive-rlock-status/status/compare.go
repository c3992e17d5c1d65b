package status

import "maps"

// Compare returns the status of a cluster, and whether it is another than the last.
func (r *Resolution) Compare(cluster string) (Combined, bool) {
	r.RLock()
	defer r.RUnlock()
	before := r.known(cluster)
	now := r.Generate(cluster) // cause
	return now, !maps.Equal(before, now)
}
