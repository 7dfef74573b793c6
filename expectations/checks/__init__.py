"""The checks, declared once each, a module per question they ask of the candidate."""
