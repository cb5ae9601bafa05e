self.defined = 'before';
