"""What keeps a fetch from its answer, and the sentences for people."""

from __future__ import annotations

from extract.pull.web.results import Outcome

_SENTENCES = {
    "bad_address": "{address} 不是可以获取的网址：{detail}；请更正来源配置或联系网站",
    "host_outside": "{address} 指向来源以外的主机 {detail}，未访问；如属该来源，请把它加入来源配置的 hosts",
    "private_address": "{address} 指向非公共网络地址（{detail}），出于安全未访问；如确需访问，请在来源配置的 allowed_private 中列明网段",
    "robots_disallowed": "{address} 被网站的 robots.txt 禁止抓取，未访问；请与网站协商，或改用其他公开地址",
    "robots_unreachable": "无法读取 {detail} 的 robots.txt，本次不访问 {address}；下次加载会再试，若持续如此请联系网站",
    "robots_delay": "{address} 所在网站的 robots.txt 要求间隔 {detail} 秒，超过上限，未访问；如可接受，请调高 max_crawl_delay_seconds",
    "gone": "{address} 已不存在（HTTP {detail}）；请确认文件是否撤下或移到别处",
    "timeout": "获取 {address} 超时（{detail}）；下次加载会再试，若持续如此请检查网站或调高时限",
    "unreachable": "无法连接 {address}（{detail}），多次尝试未成；下次加载会再试，若持续如此请检查网址和网络",
    "unresolved": "{address} 的主机名无法解析（{detail}）；请检查网址和域名服务器",
    "tls": "{address} 的安全证书或加密连接有问题（{detail}），未获取；请联系网站，或在 GONGKAI_CA_FILE 中配置其根证书",
    "truncated": "{address} 的内容没有传完就中断（{detail}），多次尝试未成，未采用；下次加载会再试",
    "too_large": "{address} 的内容超过 {detail} 字节上限，未获取；如确需获取，请调高 max_bytes 或 max_list_bytes",
    "server_error": "{address} 所在网站出错（HTTP {detail}），多次尝试未成；下次加载会再试，若持续如此请联系网站",
    "rate_limited": "{address} 所在网站要求放慢访问（{detail}），本次不再访问；下次加载会再试，请考虑调大 delay_seconds",
    "forbidden": "{address} 拒绝访问（HTTP {detail}）；请在浏览器中核对，必要时联系网站",
    "http_status": "{address} 返回意外的状态（HTTP {detail}），未采用；请在浏览器中核对",
    "redirects": "{address} 的跳转过多或循环（{detail}），未获取；请在浏览器中核对并更正网址",
    "encoding": "{address} 的压缩编码无法解开（{detail}），未采用；请联系网站",
    "protocol": "{address} 的响应不符合 HTTP 协议（{detail}），未采用；请联系网站",
    "host_given_up": "{detail} 多次没有应答或一直要求等待，本次不再访问，{address} 未获取；下次加载会再试",
}

_LONGEST = 300

ERROR_CLASSES = tuple(_SENTENCES)
"""Every value that `Fetch.error_class` may take."""


class Problem(Exception):  # noqa: N818 - no error of ours: what happened to one address
    """One request came to nothing.

    Attributes:
        error_class: one of `ERROR_CLASSES`.
        detail: what the sentence says beyond the address.
        outcome: refused, gone or failed.
        retry: whether a repetition may help.
        retry_after: seconds that the site asks to wait.
        status: of the response, if there was one.
    """

    def __init__(
        self,
        error_class: str,
        detail: str,
        *,
        outcome: Outcome = Outcome.failed,
        retry: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(error_class, detail)
        self.error_class = error_class
        self.detail = detail
        self.outcome = outcome
        self.retry = retry
        self.retry_after = retry_after
        self.status = status

    def again(self) -> Problem:
        """The same for another fetch: an exception that is raised twice would keep both tracebacks."""
        return Problem(self.error_class, self.detail, outcome=self.outcome, status=self.status)

    def sentence(self, address: str) -> str:
        """What happened and what to do, for people."""
        return _SENTENCES[self.error_class].format(address=_shown(address), detail=_shown(self.detail))


def refused(error_class: str, detail: str) -> Problem:
    """Something that we do not ask for."""
    return Problem(error_class, detail, outcome=Outcome.refused)


def _shown(text: str) -> str:
    """What a site wrote, fit for people's screens: of bounded length, nothing that steers a terminal."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in text[:_LONGEST])
    return shown + ("…" if len(text) > _LONGEST else "")
