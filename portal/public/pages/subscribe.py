"""The pages of subscriptions by mail: the form, what comes next, confirming, and stopping letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import Field

from datasets.text import Language, Model
from portal.public.pages.parts import Choice
from portal.public.pages.selects import Option, option_of
from portal.public.subscriptions.letter_texts import CONFIRM_HOURS
from portal.public.subscriptions.mail import Asked
from portal.public.subscriptions.mail_addresses import LONGEST_MAILBOX
from portal.public.subscriptions.subject_titles import Offered, known_title, offered_with, title_of
from portal.public.subscriptions.subjects import Subject
from portal.public.subscriptions.subscribers import Subscriber
from portal.shared.labels import N_
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording

FROM_ELSEWHERE = N_("This form was sent from another site. Please send it from here.")
NO_ADDRESS = N_("This is not an e-mail address that we can write to. Write one such as lan@example.org.")

Place = Callable[[Language], str]
"""The address of one page in each language."""


class SubscribePage(Page):
    """The form."""

    action: str = Field(description="Where it is sent.")
    options: tuple[Option, ...] = Field(description="What letters may be about.")
    address: str = Field(description="The address as it was typed.")
    longest: int = Field(description="How long an address may be.")
    fault: str = Field(description="Why the form was not taken; empty at first.")
    hours: int = Field(description="For how long the link in the letter can be used.")
    feed: str = Field(description="The feed that tells the same without e-mail.")


class Action(Model):
    """A button that does something."""

    label: str = Field(description="What it does.")
    value: str = Field(description="The subject that it is about; empty for all.")


class SubscriptionPage(Page):
    """A step: what has happened, and the buttons for what may be done now."""

    paragraphs: tuple[str, ...] = Field(description="What has happened, or will.")
    fault: str = Field(description="Why a button did nothing; empty at first.")
    action: str = Field(description="Where the buttons lead.")
    actions: tuple[Action, ...] = Field(description="The buttons.")
    links: tuple[Choice, ...] = Field(description="Where to go on.")


@dataclass(frozen=True)
class Site:
    """Where a page stands: what one may subscribe to, where everything is, and the language."""

    offered: Offered
    links: Links
    words: Wording


@dataclass(frozen=True)
class Step:
    """What pages of subscriptions differ in."""

    title: str
    paragraphs: tuple[str, ...]
    place: Place
    actions: tuple[Action, ...] = ()
    links: tuple[Choice, ...] = ()
    fault: str = ""


def subscribe_page(about: Subject, site: Site, *, address: str = "", fault: str = "") -> SubscribePage:
    """Return the form, with ``about`` chosen and what was typed; raises where there is no such subject."""
    offered, links, words = site.offered, site.links, site.words
    kind, name = (about.kind, about.name) if about.name else ("", "")
    return SubscribePage(
        language=words.language,
        title=words.gettext("News by e-mail"),
        description=words.gettext("An e-mail when new data comes out, is corrected or is withdrawn."),
        section="",
        in_vietnamese=links.subscribe("vi", str(about) if name else ""),
        in_english=links.subscribe("en", str(about) if name else ""),
        indexed=not name,
        action=links.subscribe(words.language),
        options=tuple(
            option_of(str(each), title_of(each, offered, words), str(about)) for each in offered_with(about, offered)
        ),
        address=address,
        longest=LONGEST_MAILBOX,
        fault=words.gettext(fault) if fault else "",
        hours=CONFIRM_HOURS,
        feed=links.feed(words.language, kind, name),
    )


def asked_page(site: Site) -> SubscriptionPage:
    """Return the page that follows the form: the same whatever became of it, so that it tells nothing of anybody."""
    words = site.words
    return _page(
        site,
        Step(
            title=words.gettext("Look into your mailbox"),
            paragraphs=(
                words.gettext(
                    "If the address can get e-mail, a message is on its way. Open the link in it to confirm."
                ),
                words.gettext(
                    "It can take some minutes. Nothing there? Look in the spam folder, and see that the address was"
                    " typed correctly. An address gets at most three such messages a day."
                ),
            ),
            place=site.links.subscribe_asked,
            links=(_datasets(site),),
        ),
    )


def confirm_page(asked: Asked, sealed: str, site: Site, *, fault: str = "") -> SubscriptionPage:
    """Return the page that a letter leads to. Only its button confirms: programs that look at letters open links."""
    words = site.words
    title = title_of(asked.about, site.offered, site.words)
    return _page(
        site,
        Step(
            title=words.gettext("Confirm your subscription"),
            paragraphs=(
                words.gettext("The e-mails are about: %(about)s.") % {"about": title},
                words.gettext(
                    "From now on your address is kept, for these e-mails alone, until you stop them by the link that"
                    " is in each of them."
                ),
            ),
            place=lambda language: site.links.confirm(language, sealed),
            actions=(Action(label=words.gettext("Confirm"), value=""),),
            fault=fault,
        ),
    )


def confirmed_page(subscriber: Subscriber, sealed: str, site: Site) -> SubscriptionPage:
    """Return the page that says that it is done."""
    words = site.words
    stop = site.links.unsubscribe(site.words.language, subscriber.key)
    return _page(
        site,
        Step(
            title=words.gettext("You are subscribed"),
            paragraphs=(
                words.gettext("The next e-mail comes when there is news. Several news items come in one e-mail."),
            ),
            place=lambda language: site.links.confirm(language, sealed),
            links=(Choice(label=words.gettext("See or stop your subscription"), url=stop), _datasets(site)),
        ),
    )


def ended_page(place: Place, site: Site) -> SubscriptionPage:
    """Return the page of a link that can be used no longer, or was never made here."""
    words, links = site.words, site.links
    again = Choice(label=words.gettext("News by e-mail"), url=links.subscribe(site.words.language))
    return _page(
        site,
        Step(
            title=words.gettext("This link can be used no longer"),
            paragraphs=(
                words.gettext("It is too old, was not copied as a whole, or these e-mails have been stopped already."),
                words.gettext("If e-mails still come, use the link in the newest of them."),
            ),
            place=place,
            links=(again,) if links.by_mail else (),
        ),
    )


def stopping_page(whom: Subscriber | Asked, key: str, site: Site) -> SubscriptionPage:
    """Return the page at the end of each letter. Only its buttons stop letters."""
    words = site.words
    told = words.gettext(
        "If you stop all e-mails, your address is deleted at once, with everything that you subscribed to."
    )
    actions = [Action(label=words.gettext("Stop all e-mails and delete my address"), value="")]
    if isinstance(whom, Asked):
        told = words.gettext("This address will not be asked to confirm again for a year.")
        actions = [Action(label=words.gettext("Never ask again"), value="")]
    elif len(whom.subjects) > 1:
        actions += [_stop_one(each, site) for each in whom.subjects]
    step = Step(
        title=words.gettext("Stop the e-mails"), paragraphs=(told,), place=_stopping(key, site), actions=tuple(actions)
    )
    return _page(site, step)


def stopped_page(whom: Subscriber | Asked, about: Subject | None, key: str, site: Site) -> SubscriptionPage:
    """Return the page that says that letters were stopped."""
    words = site.words
    told = words.gettext("Your address is deleted. You get no more e-mails.")
    if isinstance(whom, Asked):
        told = words.gettext("This address is not asked again for a year.")
    elif about is not None and set(whom.subjects) - {about}:
        told = words.gettext("You get no more e-mails about this. The others go on.")
    step = Step(
        title=words.gettext("Stopped"), paragraphs=(told,), place=_stopping(key, site), links=(_datasets(site),)
    )
    return _page(site, step)


def _stop_one(about: Subject, site: Site) -> Action:
    title = known_title(about, site.offered, site.words)
    return Action(label=site.words.gettext("Only stop e-mails about: %(about)s") % {"about": title}, value=str(about))


def _datasets(site: Site) -> Choice:
    return Choice(label=site.words.gettext("All datasets"), url=site.links.datasets(site.words.language))


def _stopping(key: str, site: Site) -> Place:
    return lambda language: site.links.unsubscribe(language, key)


def _page(site: Site, step: Step) -> SubscriptionPage:
    return SubscriptionPage(
        language=site.words.language,
        title=step.title,
        description=step.paragraphs[0],
        section="",
        in_vietnamese=step.place("vi"),
        in_english=step.place("en"),
        indexed=False,
        paragraphs=step.paragraphs,
        fault=site.words.gettext(step.fault) if step.fault else "",
        action=step.place(site.words.language),
        actions=step.actions,
        links=step.links,
    )
