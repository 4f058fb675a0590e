"""The Streamlit app: pages that read their inputs, call one library function and show the result."""
