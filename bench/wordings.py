"""What networks, ring-backs and persons say in row `numberstate`: data, in our own wordings.

The announcements are in the words that are usual on the three Chinese networks; nothing here was recorded or copied.
"""

from __future__ import annotations

from dialer.core.model import NumberState

S = NumberState

ANNOUNCEMENTS: tuple[tuple[str, NumberState, str, str], ...] = (
    ("mobile", S.OFF, "对不起，您拨打的用户已关机，请稍后再拨。", "Sorry, the subscriber you dialed is powered off."),
    (
        "mobile",
        S.SUSPENDED,
        "对不起，您拨打的用户已停机。",
        "Sorry, the service of the subscriber you dialed is suspended.",
    ),
    (
        "mobile",
        S.INVALID,
        "对不起，您拨打的号码是空号，请核对后再拨。",
        "Sorry, the number you dialed does not exist, please check it and dial again.",
    ),
    (
        "mobile",
        S.BUSY,
        "对不起，您拨打的用户正在通话中，请稍后再拨。",
        "Sorry, the subscriber you dialed is busy now, please redial later.",
    ),
    (
        "mobile",
        S.OUT_OF_REACH,
        "对不起，您拨打的用户暂时无法接通，请稍后再拨。",
        "Sorry, the subscriber you dialed can not be connected for the moment, please redial later.",
    ),
    (
        "mobile",
        S.NO_ANSWER,
        "对不起，您拨打的用户暂时无人接听，请稍后再拨。",
        "Sorry, the call is not answered, please redial later.",
    ),
    (
        "mobile",
        S.CALL_BARRED,
        "对不起，您拨打的用户已启用呼入限制功能，您的呼叫不能接通。",
        "Sorry, the subscriber you dialed has barred incoming calls.",
    ),
    (
        "mobile",
        S.NETWORK_BUSY,
        "对不起，网络忙，请稍后再拨。",
        "Sorry, the network is busy, please try again later.",
    ),
    (
        "mobile",
        S.CHANGED_NUMBER,
        "您好，您拨打的用户已更换号码，请查询新号码后再拨。",
        "The number you dialed has been changed.",
    ),
    ("unicom", S.OFF, "您好，您所拨打的电话已关机。", "Sorry, the number you have dialed is switched off."),
    ("unicom", S.SUSPENDED, "您好，您所拨打的电话已停机。", "Sorry, the number you have dialed is out of service."),
    (
        "unicom",
        S.INVALID,
        "您好，您所拨打的号码不存在，请查证后再拨。",
        "Sorry, the number you have dialed is not in use.",
    ),
    (
        "unicom",
        S.OUT_OF_REACH,
        "您好，您所拨打的电话不在服务区，请稍后再拨。",
        "Sorry, the phone you have dialed is out of the service area.",
    ),
    (
        "unicom",
        S.BUSY,
        "您好，您所拨打的电话正忙，请稍后再拨。",
        "Sorry, the line is engaged, please try again later.",
    ),
    (
        "telecom",
        S.OFF,
        "您好，您呼叫的用户手机已关闭，请稍后再拨。",
        "The mobile phone of the subscriber you called is turned off.",
    ),
    (
        "telecom",
        S.SUSPENDED,
        "您好，您呼叫的号码已暂停服务。",
        "The number you called has been temporarily disconnected.",
    ),
    (
        "telecom",
        S.NO_ANSWER,
        "您好，您呼叫的用户没有应答，请稍后再拨。",
        "The subscriber you called does not answer, please call again later.",
    ),
    (
        "telecom",
        S.NETWORK_BUSY,
        "您好，线路忙，请您稍后再拨。",
        "All lines are busy now, please call again later.",
    ),
)

HELD_OUT = (
    ("mobile", "对不起，您拨打的用户已挂机，请稍后再拨。", "Sorry, the subscriber you dialed has hung up."),
    ("mobile", "对不起，您的账户余额不足，请及时充值。", "Sorry, your balance is not sufficient, please recharge."),
    ("mobile", "对不起，您拨打的用户已设置来电提醒，我们会通知他。", "The subscriber will be told of your call."),
    ("mobile", "对不起，您拨打的号码有误，请直拨对方号码，不加零。", "Please dial the number without a zero."),
    ("mobile", "您拨打的用户已开通呼叫转移，请不要挂机。", "Please hold on while your call is forwarded."),
    ("unicom", "您好，您所拨打的电话已转移，请稍候。", "Your call is being transferred, please hold on."),
    ("unicom", "您好，您所拨打的是分机，请拨分机号。", "Please dial the extension."),
    ("unicom", "您好，您的国际长途业务没有开通。", "You have not subscribed to international calls."),
    ("unicom", "您好，您所拨打的电话已报失。", "The number you have dialed was reported as lost."),
    (
        "telecom",
        "您好，您呼叫的用户设置了免打扰，请稍后再拨。",
        "The subscriber you called does not want to be disturbed.",
    ),
    ("telecom", "您好，您呼叫的号码正在割接，请您谅解。", "The number you called is being moved to another exchange."),
    ("telecom", "您好，请挂机后直接拨打，不需要加拨区号。", "Please dial without the area code."),
)
"""In the voices and with the beginnings of the library's own, but with another end: the start alone tells nothing."""

CONNECTING = (
    ("mobile", "您好，您拨打的用户正在接听其他电话，请不要挂断，我们正在为您接通。"),
    ("mobile", "对不起，让您久等了，电话正在接通中，请稍候。"),
    ("unicom", "您好，您所拨打的电话正在接通，请欣赏音乐。"),
    ("unicom", "您好，您所拨打的电话正在振铃，请稍候。"),
    ("telecom", "您好，您呼叫的用户正在路上，请稍候，马上就来。"),
)
"""Ring-backs in the networks' own voices: it rings, and will be answered."""
ADVERTISEMENTS = (
    "您好，欢迎致电华星家具，二十年老品牌，品质生活从这里开始。我们正在为您接通，请稍候。",
    "感谢您的来电，东方财务咨询，代理记账，工商注册，税务筹划，您身边的财务专家。",
    "这里是绿源农场，新鲜蔬菜，当天采摘，当天送达。订购热线全天开通。",
    "欢迎拨打顺风汽修，免费检测，诚信经营。您的满意是我们最大的追求。",
    "主人正在赶来接电话的路上，请您先听一首歌，不要着急，千万不要挂断哦。",
    "喂，你好呀，我现在正忙着吃饭呢，你等一等，我马上就来接你的电话。",
    "春风十里不如你，夏天的雨，秋天的风，冬天的雪，都是我想你的理由。",
    "月亮出来亮汪汪，想起我的阿哥在深山，哥像月亮天上走，山下小河淌水清悠悠。",
    "Thank you for calling Northern Lights Travel. Our offices are open from nine to five. Please hold the line.",
    "Welcome to Green Valley Dental Care, where your smile is our pride. One of us will be with you in a moment.",
)
"""Personal ring-backs that speak: advertisements, greetings, what is nearly sung."""
HELLOS = (
    "喂，你好。",
    "喂？哪位？",
    "你好，请问找谁？",
    "喂，你说。",
    "您好，哪里？",
    "喂，我在开车，有什么事？",
    "对，我就是，你讲。",
    "喂，听得见吗？喂？",
    "您好，您拨打的电话，哎，不对，你是谁啊？",
    "我手机快没电了，要关机了，你快说。",
    "Hello?",
    "Hello, who is this please?",
    "Yes, speaking.",
    "Sorry, I am busy now, please call me again later.",
)
