"""The front door: REST, and pages for people; it sends commands and reads views."""
