"""The app over the nearest workspace: ``streamlit run app.py`` (or ``kg app``)."""

from kg.app.main import main

main()
