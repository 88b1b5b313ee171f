"""Takes every request of the grader and never answers, without using any time itself."""
# kind: cell
import asyncio

from autograder.kernel.app import CourseKernel


async def course_call(self, stream, ident, parent):
    await asyncio.sleep(1e6)


CourseKernel.course_call = course_call
kernel = get_ipython().kernel
kernel.shell_handlers["course_call"] = lambda *args: course_call(kernel, *args)
