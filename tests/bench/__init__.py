"""What the suite costs beside the frameworks it runs, as ratios that hold on any machine."""
