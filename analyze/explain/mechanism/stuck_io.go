package mechanism

func stuckIO(c *Case) (*Decision, string) { return nil, "" }
