"""Random draws: distributions, flaws of single arrays, pools of many. Knows no law and no layer."""
