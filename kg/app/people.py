"""Who decides: the name under which changes stand in the journal."""

from __future__ import annotations

import getpass
import os

import streamlit as st


def usual() -> str:
    """``$KG_AUTHOR``, else the name that the system knows, else nothing."""
    if named := os.environ.get("KG_AUTHOR"):
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def author() -> str:
    """The name that the person gave in this session, else the usual one."""
    return str(st.session_state.get("kg-author") or usual())


def ask_author() -> str:
    """Draw the field for the name; gives it."""
    st.text_input("Your name, for the journal", usual(), key="kg-author", icon=":material/person:")
    return author()
