"""The fault table: named faults, a night that goes on under each of them, and a judge."""
