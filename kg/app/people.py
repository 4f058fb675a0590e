"""Who decides: the name under which changes stand in the journal."""

from __future__ import annotations

import streamlit as st

from kg.journal import usual_author


def author() -> str:
    """The name that the person gave in this session, else the usual one."""
    return str(st.session_state.get("kg-author") or usual_author())


def ask_author() -> str:
    """Draw the field for the name; gives it."""
    st.text_input("Your name, for the journal", usual_author(), key="kg-author", icon=":material/person:")
    return author()
