package selfwatch

import (
	"runtime"
	"runtime/metrics"
)

// take looks at this process. It stops nothing: the runtime counts as it goes.
func take() Sample {
	all := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/cycles/total:gc-cycles"},
	}
	metrics.Read(all)
	number := func(i int) int64 {
		if all[i].Value.Kind() != metrics.KindUint64 {
			return 0 // a runtime that does not know it
		}
		return int64(all[i].Value.Uint64())
	}
	heap := number(2)
	if heap == 0 { // before the first collection
		heap = number(3)
	}
	return Sample{Goroutines: runtime.NumGoroutine(), Memory: number(0) - number(1), Heap: heap, Descriptors: openDescriptors(), Collections: number(4)}
}
