package lint

func (l *linter) lockFacts() {}
func (l *linter) locks()     {}
func (l *linter) groups()    {}
func (l *linter) bodies()    {}
