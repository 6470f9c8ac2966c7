"""Random draws: distributions, flaws of single arrays, pools of many. Independent of laws and layers."""
