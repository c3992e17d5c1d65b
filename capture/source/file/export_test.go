package file

import "time"

// What tests measure of a Source; but for LeftAlone, of one that has ended.

// Readings is how many times directories were read to answer tails.
func (s *Source) Readings() int { return s.follower.listings.reads }

// Held is how many descriptors logs held at most.
func (s *Source) Held() int { return s.follower.parking.top }

// LeftAlone is how many times a rescan found a log quiet, and did not read it.
func (s *Source) LeftAlone() uint64 { return s.follower.looks.leftAlone.Load() }

// Reading is how long large directories were read in all.
func (s *Source) Reading() time.Duration { return s.follower.listings.busy }

// Leisure is how many times as long a directory is left alone as reading it took, while it changes.
const Leisure = leisure
