"""Drawing: templates, events as bytes, style sheets."""
