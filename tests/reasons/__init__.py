"""What the reasons of divergences say, run: a file a framework, to be run where that framework is."""
