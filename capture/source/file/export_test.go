package file

// What tests measure of a Source that has ended.

// Readings is how many times directories were read to answer tails.
func (s *Source) Readings() int { return s.follower.listings.reads }

// Held is how many descriptors logs held at most.
func (s *Source) Held() int { return s.follower.parking.top }
