"""What Streamlit runs: everything else is imported once and kept between runs."""

from kg.app.main import main

main()
