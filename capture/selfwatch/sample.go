package selfwatch

import (
	"runtime"
	"runtime/metrics"
)

// take looks at this process. It stops nothing: the runtime counts as it goes.
func take() Sample {
	all := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
	}
	metrics.Read(all)
	bytes := func(i int) int64 {
		if all[i].Value.Kind() != metrics.KindUint64 {
			return 0 // a runtime that does not know it
		}
		return int64(all[i].Value.Uint64())
	}
	heap := bytes(2)
	if heap == 0 { // before the first collection
		heap = bytes(3)
	}
	return Sample{Goroutines: runtime.NumGoroutine(), Memory: bytes(0) - bytes(1), Heap: heap, Descriptors: openDescriptors()}
}
