"""The calendar: which windows meet which days, how they are drawn, and the feed that a calendar program reads."""
