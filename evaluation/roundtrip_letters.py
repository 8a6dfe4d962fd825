"""Letters as people fax them: names, numbers, money, dates, addresses and tables of figures."""

from __future__ import annotations

from typing import Final

LETTERS: Final = (
    """Harbour Bank
17 Quayside Road
Bristol BS1 4QA

4 November 2026

Mrs Eleanor Whitfield
Flat 3, 228 Kingsway
Cardiff CF10 2HP

Our reference: HB-2026-11-0417

Dear Mrs Whitfield,

thank you for your letter of 28 October. We have looked into the payment of £1,284.50 that left
your account on 19 October 2026 at 16:42, and we agree that it was taken twice by mistake. The
second amount was returned to account 60-14-22 73940518 on 2 November, together with £3.17 of
interest (4.25 % a year for 21 days).

If you have any further questions, please call Mr Daniel Okafor on 0117 496 0382, Monday to
Friday between 8:30 am and 6 pm, or write to complaints@harbourbank.example.

Yours sincerely,

Margaret Lindqvist
Customer Relations
""",
    """INVOICE No. 20458

Date: 31/10/2026
Due: 30/11/2026
Customer: Greenfield Dental Practice, Attn. Dr Priya Raman

Item                         Qty      Price        Sum
Examination gloves, box       24       8.75     210.00
Face masks, pack of 50        12       6.40      76.80
Impression tray, size 3       36       2.15      77.40
Disinfectant, 5 litres         4      31.90     127.60
Delivery                       1      14.00      14.00

Net                                             505.80
VAT 20 %                                        101.16
Total                                           606.96

Please pay 606.96 pounds within 30 days and quote the number of the invoice. For payments before
14 November we grant a discount of 2 %, which leaves 594.82 pounds.
""",
    """To: Northern Freight Ltd., dispatch office
From: Tomasz Kowalski, Baltic Timber
Subject: Delivery of 18 November

Good morning,

the truck with registration WX19 KLP will arrive at gate 7 on Wednesday, 18 November, between
6:15 and 7:00. It carries 42 pallets of sawn pine, 24,360 kg in all, order number 88-31775.

The driver is Andrzej Nowak; his mobile number is +48 601 555 014. He needs a signature on all
three copies of form C-12. If gate 7 is closed, please let him know by 5 pm the day before.

1. Unload pallets 1 to 30 in hall B.
2. Keep pallets 31 to 42 outside; they go on to Leeds on Friday, 20 November.
3. Return 15 empty pallets. The deposit of $375.00 will be paid back.

Best regards,
Tomasz Kowalski
""",
    """St Mary's Hospital, Department of Cardiology
Telephone 020 7946 0871, fax 020 7946 0872

Re: Mr Harold Jennings, born 12 March 1951, patient number 4471902

Dear Dr Abernathy,

I saw your patient on 26 October 2026. His blood pressure was 148/92, his pulse 76 and regular,
his weight 83.5 kg (height 1.76 m). The echocardiogram shows an ejection fraction of 55 %. His
cholesterol has fallen from 6.8 to 5.1 mmol/l since May.

I have changed his medication as follows:

Ramipril 5 mg, once a day in the morning
Amlodipine 10 mg instead of 5 mg, once a day
Atorvastatin 20 mg, at night
Aspirin 75 mg, unchanged

I would like to see him again on Tuesday, 26 January 2027, at 10:45. Should he feel dizzy, please
halve the dose of amlodipine and call the ward on extension 3306 at any time.

With kind regards,

Dr Susan Fairweather
Consultant Cardiologist
""",
    """RESERVATION REQUEST

Hotel Bellevue, Lake Street 9
Attention: Ms Francesca Romano

Dear Ms Romano,

we would like to book for the annual meeting of our company:

14 single rooms from Thursday, 11 March, to Sunday, 14 March 2027 (3 nights) at 129 euros
3 double rooms for the same nights at 168 euros
1 conference room for 25 people on 12 and 13 March, 9 am to 5:30 pm, at 450 euros a day

That makes 5,418 euros for the single rooms, 1,512 euros for the double rooms and 900 euros for
the conference room: 7,830 euros in all, of which we pay 20 % (1,566 euros) in advance. Two of
our guests, Ms Ingrid Halvorsen and Mr Kwame Mensah, arrive late, at about 11:20 pm with flight
LX 1638. Four of us eat no meat, and one is allergic to nuts.

Please confirm by 15 December 2026 under the number 555-0142, or by mail to
travel@halvorsen-partners.example.

Yours faithfully,
Jonathan Pryce
""",
    """NOTICE OF TERMINATION

Policy number: 7730-5512-094
Insured: Oliver Brandt and Catherine Brandt, 51 Maple Avenue, Springfield, IL 62704

Ladies and Gentlemen,

we hereby cancel our household insurance with effect from January 1, 2027. The last premium of
$218.64 was paid on July 6, 2026, for the period from July 1 to December 31. Claim 26-00931 of
September 8 (a broken window, $340.00 less an excess of $100.00) remains open; please transfer
the $240.00 to the account you know.

Please confirm the date in writing within 14 days. You can reach us under (217) 555-0186 after
6:30 p.m. or at the office under (217) 555-0119, extension 42.

Sincerely,

Oliver Brandt        Catherine Brandt
""",
)
