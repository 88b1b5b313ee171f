"""Takes every request of the grader and never answers, without using any time itself."""
# kind: cell
import asyncio

from autograder.kernel.app import CourseKernel


async def course_serve(self, stream, ident, parent):
    await asyncio.sleep(1e6)


CourseKernel.course_serve = course_serve
kernel = get_ipython().kernel
kernel.shell_handlers["course_serve"] = lambda *args: course_serve(kernel, *args)
