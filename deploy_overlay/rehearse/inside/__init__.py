"""What runs in a process of the project, with its Python: the standard library, Django, and the library of a worker.

python PATH/inside ACTION ANSWER_FILE [ARGUMENT ...]
"""
