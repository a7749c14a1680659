"""The lab: makes a guide's faults for real, thrown away afterwards, and proves the guide on them."""
