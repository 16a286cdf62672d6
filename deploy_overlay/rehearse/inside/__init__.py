"""What runs in a process of the project, with the project's Python: the standard library and Django, nothing else.

python PATH/inside ACTION ANSWER_FILE [ARGUMENT ...]
"""
