"""What a change means for others, as facts, as a report, and as a draft of the document's sections.

Source: the process, "Phase 1: Planning and Approval" (Impact Assessment); the design of the validators, "Packages".
"""
