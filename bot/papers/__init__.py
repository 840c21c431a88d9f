"""Papers as PDF: documents and labels. fpdf2 and segno load on first use."""
