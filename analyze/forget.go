package analyze

import (
	"github.com/logcap/logcap/analyze/lineage"
)

// maxBirths is how many births are kept whatever became of the goroutines, about
// 150 bytes each.
const maxBirths = 1 << 16

// forgetBirths leaves out births of goroutines that have ended and have no
// living descendants, once there are twice as many as were left the last time.
// Of a site that grows, those are not the ones that the lineage is asked for.
func (b *Builder) forgetBirths() {
	if b.born < max(maxBirths, 2*b.few) {
		return
	}
	needed := b.needed()
	b.born = 0
	for i := range b.h.Births {
		news := *b.h.Births[i].News // the one that was given is not ours to change
		news.Births = nil
		for _, one := range b.h.Births[i].News.Births {
			if needed[one.ID] {
				news.Births = append(news.Births, one)
			}
		}
		b.h.Births[i].News = &news
		b.born += len(news.Births)
	}
	b.few = b.born
}

// needed are the goroutines of the newest dump and their ancestors.
func (b *Builder) needed() map[uint64]bool {
	parents := map[uint64]uint64{}
	for _, timed := range b.h.Births {
		for _, one := range timed.News.Births {
			parents[one.ID] = one.Parent
		}
	}
	needed := map[uint64]bool{}
	for _, s := range b.h.Series {
		if len(s.Censuses) == 0 {
			continue
		}
		for _, m := range s.Censuses[len(s.Censuses)-1].Members {
			id := m.ID
			for range lineage.MaxLevels {
				if id == 0 || needed[id] {
					break
				}
				needed[id] = true
				id = parents[id]
			}
		}
	}
	return needed
}
