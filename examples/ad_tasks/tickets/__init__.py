"""Tickets in other systems for tasks: a small port, and what speaks Jira and ServiceNow."""
