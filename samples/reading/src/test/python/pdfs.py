"""Writes the PDF files of PdfReaderTest, as several programs write them.

pip install reportlab==5.1.0 pikepdf==10.18.0 pypdf==7.1.1 pillow==13.0.0; python pdfs.py FOLDER
"""

import sys
from pathlib import Path

import pikepdf
import pypdf
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

folder = Path(sys.argv[1])


def canvas(name, draw):
    pdf = Canvas(str(folder / name), pageCompression=1, invariant=1)
    for page in range(1, 4):
        draw(pdf, page)
        pdf.showPage()
    pdf.save()


def text(pdf, page):
    for line in range(20):
        pdf.drawString(50, 800 - 20 * line, f"Page {page} line {line}: {'keeps the light ' * (line % 4)}")


canvas("pages.pdf", text)
canvas("scanned.pdf", lambda pdf, page: pdf.drawInlineImage(Image.new("L", (60, 80), 80 * page), 0, 0, 595, 842))
with pikepdf.open(folder / "pages.pdf") as pages:
    pages.save(folder / "linearized.pdf", linearize=True)
    pages.save(folder / "object-streams.pdf", object_stream_mode=pikepdf.ObjectStreamMode.generate)
writer = pypdf.PdfWriter(folder / "pages.pdf", incremental=True)
writer.add_metadata({"/Subject": "updated " * 300})
writer.write(folder / "updated.pdf")
