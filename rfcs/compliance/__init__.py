"""The three checklists of the process: items, evidence, waivers, who may what."""
