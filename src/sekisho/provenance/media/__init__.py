"""Files with papers: puts signed C2PA manifests into images, sound, video and documents, and reads those of any file.

Needs the extra `media`. `files.Files` is what callers use. Nothing is imported here: the child process that opens files
(`reader`) shall load nothing that it does not need.
"""
