startFunction() { :; }
