"""The ways that somebody would pick who has no Duly, each as its documentation shows it, on one and the same job."""
