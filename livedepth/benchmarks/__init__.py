"""What ``livedepth bench`` measures, each figure beside a yardstick of the same run."""
